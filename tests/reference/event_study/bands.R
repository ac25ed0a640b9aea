# bands.csv and pretest.csv beside this script: quantiles of the largest |t|, and what a test of the
# leads is worth. Run in this folder, with R 4.2.2, mvtnorm 1.1-3 and tmvtnorm 1.5: Rscript bands.R
# Correlations are rho^|i - j|. The leads of pretest.csv are years -k - 1 to -2, with standard errors
# 0.1, 0.12, 0.14, …; a lag follows, with standard error 0.2 and the same correlations.
#
# bands.csv    k, rho, df, level, critical
# pretest.csv  k, rho, slope, power, leads (their means given that none is significant), lag

suppressMessages({library(mvtnorm); library(tmvtnorm)})
set.seed(1)
ar <- function(k, rho) rho^abs(outer(1:k, 1:k, "-"))

bands <- NULL
for (k in c(2, 5)) for (rho in c(0, 0.5, 0.9)) for (df in c(Inf, 9)) for (level in 0.95) {
  q <- if (is.infinite(df)) {
    qmvnorm(level, tail = "both.tails", corr = ar(k, rho), maxpts = 1e5, abseps = 2e-5)$quantile
  } else {
    qmvt(level, tail = "both.tails", corr = ar(k, rho), df = df, maxpts = 1e5, abseps = 2e-5)$quantile
  }
  bands <- rbind(bands, data.frame(k, rho, df, level, critical = sprintf("%.8f", q)))
}
write.csv(bands, "bands.csv", row.names = FALSE, quote = FALSE)

pretest <- NULL
for (k in c(1, 3)) for (rho in c(0, 0.6)) for (slope in c(0, 0.05, 0.12)) {
  se <- c(0.08 + 0.02 * (1:k), 0.2)
  V <- ar(k + 1, rho) * outer(se, se)
  trend <- slope * c((-k):-1, 1)
  pre <- V[1:k, 1:k, drop = FALSE]
  bound <- qnorm(0.975) * se[1:k]
  power <- 1 - pmvnorm(-bound, bound, mean = trend[1:k], sigma = pre, maxpts = 1e5, abseps = 1e-6)
  mean <- mtmvnorm(mean = trend[1:k], sigma = pre, lower = -bound, upper = bound)$tmean
  lag <- trend[k + 1] + V[k + 1, 1:k] %*% solve(pre, mean - trend[1:k])
  leads <- paste(sprintf("%.8f", mean), collapse = " ")
  pretest <- rbind(pretest, data.frame(
    k, rho, slope, power = sprintf("%.8f", power), leads, lag = sprintf("%.8f", lag)
  ))
}
write.csv(pretest, "pretest.csv", row.names = FALSE, quote = FALSE)

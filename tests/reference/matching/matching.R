# The stored matches beside this script: R's Matching package on given propensity scores.
# Run in this folder, with R 4.2.2 and Matching 4.10-8: Rscript matching.R
#
# scores.csv     row, treated, two scores and an outcome. `score` has no ties; `tied` is a multiple
#                of 1/64, whose differences are exact in binary, so that ties are ties.
# matches.csv    design, seeker, match, weight: the rows given to each seeker, by row number
# estimates.csv  design, estimand (ATT, ATC, ATE), estimate

library(Matching)
set.seed(20160208)

n <- 120
treated <- rep(c(1, 0, 0), length.out = n)
score <- round(plogis(rnorm(n) / 2 + 0.4 * treated - 0.7), 12)
tied <- round(score * 64) / 64
outcome <- round(2 * score + 0.3 * treated + rnorm(n), 6)
stopifnot(!anyDuplicated(score), 0 < tied, tied < 1)
data <- data.frame(row = seq_len(n), treated, score, tied, outcome)
write.csv(data, "scores.csv", row.names = FALSE, quote = FALSE)

# The distance is weighted by the identity (Weight = 3), which leaves the score as it is. The
# package's caliper is in standard deviations of the score; that here is in the score's own unit.
matched <- function(x, estimand, M, ties, caliper) {
  Match(
    Y = outcome, Tr = treated, X = x, estimand = estimand, M = M, ties = ties, replace = TRUE,
    caliper = if (is.na(caliper)) NULL else caliper / sd(x), distance.tolerance = 0,
    Weight = 3, Weight.matrix = matrix(1)
  )
}

designs <- data.frame(
  name = c("k1", "k4", "ties_k1", "ties_k3", "caliper_k1"),
  x = c("score", "score", "tied", "tied", "score"),
  M = c(1, 4, 1, 3, 1),
  ties = c(FALSE, FALSE, TRUE, TRUE, FALSE),
  caliper = c(NA, NA, NA, NA, 0.004)
)
matches <- estimates <- NULL
for (i in seq_len(nrow(designs))) {
  d <- designs[i, ]
  for (estimand in c("ATT", "ATC", "ATE")) {
    found <- matched(data[[d$x]], estimand, d$M, d$ties, d$caliper)
    estimates <- rbind(estimates, data.frame(design = d$name, estimand, estimate = c(found$est)))
    if (estimand == "ATE") next # the pairs of the two others together
    sides <- list(found$index.treated, found$index.control)
    if (estimand == "ATC") sides <- rev(sides)
    matches <- rbind(matches, data.frame(
      design = d$name, seeker = sides[[1]], match = sides[[2]], weight = found$weights
    ))
  }
}
write.csv(matches, "matches.csv", row.names = FALSE, quote = FALSE)
write.csv(estimates, "estimates.csv", row.names = FALSE, quote = FALSE)

# clubsandwich.csv and htz.csv beside this script: CR2 standard errors, Satterthwaite degrees of
# freedom and HTZ tests of several coefficients, with a dummy of every effect and the identity as
# working covariance. Run in this folder, with R 4.2.2 and clubSandwich 0.5.8:
#   Rscript clubsandwich.R
#
# clubsandwich.csv  case, rows, weights, cluster, term, estimate, std_error (CR2), df
# htz.csv           case, rows, weights, cluster, terms, f_statistic, df1, df2, p_value

suppressMessages(library(clubSandwich))
panel <- read.csv("panel.csv")
effects <- "+ factor(unit) + factor(year)"
cases <- list(
  d = c("d", "x1", "x2"),
  alone = c("alone", "x1"),
  events = c("e2014", "e2015", "e2017", "e2018", "e2019", "x1"),
  pooled = c("d", "x1", "x2")
)
tested <- list(
  d = list(c("x1", "x2"), c("d", "x1", "x2")),
  events = list(c("e2014", "e2015"), c("e2017", "e2018", "e2019"))
)

single <- joint <- NULL
for (case in names(cases)) {
  for (rows in c("all", "kept")) {
    for (weights in c("none", "w")) {
      data <- if (rows == "all") panel else panel[panel$kept == 1, ]
      data$wt <- if (weights == "w") data$w else 1
      formula <- as.formula(paste(
        "y ~", paste(cases[[case]], collapse = " + "), if (case == "pooled") "" else effects
      ))
      model <- if (weights == "w") lm(formula, data, weights = wt) else lm(formula, data)
      for (cluster in c("unit", "province", "year")) {
        if (cluster == "year" && case != "d") next
        V <- vcovCR(model, cluster = data[[cluster]], type = "CR2")
        test <- as.data.frame(coef_test(model, vcov = V, test = "Satterthwaite"))
        test <- test[cases[[case]], ]
        single <- rbind(single, data.frame(
          case, rows, weights, cluster, term = cases[[case]],
          estimate = sprintf("%.15g", test$beta), std_error = sprintf("%.15g", test$SE),
          df = sprintf("%.15g", test$df)
        ))
        for (terms in if (cluster == "year") NULL else tested[[case]]) {
          htz <- Wald_test(model, constrain_zero(terms, coefs = coef(model)), vcov = V, test = "HTZ")
          joint <- rbind(joint, data.frame(
            case, rows, weights, cluster, terms = paste(terms, collapse = " "),
            f_statistic = sprintf("%.15g", htz$Fstat), df1 = htz$df_num,
            df2 = sprintf("%.15g", htz$df_denom), p_value = sprintf("%.15g", htz$p_val)
          ))
        }
      }
    }
  }
}
write.csv(single, "clubsandwich.csv", row.names = FALSE, quote = FALSE)
write.csv(joint, "htz.csv", row.names = FALSE, quote = FALSE)

# Maxima of likelihoods without random effects: what ordinal::clm and VGAM::vglm say of rows.csv (made_raters.py).
# python made_raters.py FOLDER; Rscript maxima.R FOLDER
folder <- commandArgs(trailingOnly = TRUE)[1]
suppressPackageStartupMessages({
  library(ordinal)
  library(VGAM)
})
rows <- read.csv(file.path(folder, "rows.csv"))
rows$gender <- factor(rows$gender, c("female", "male"))
rows$politics <- factor(rows$politics, c("left", "centre", "right"))
rows$dimension <- factor(rows$dimension, c("harm", "hate"))
rows$rating <- factor(rows$rating, ordered = TRUE)
rows$centred_age <- rows$age - mean(rows$age)
hate <- rows[rows$dimension == "hate", ]

of_clm <- function(fit) {
  se <- sqrt(diag(vcov(fit)))
  list(call = deparse1(fit$call), loglik = as.numeric(logLik(fit)), estimate = as.list(coef(fit)), se = as.list(se))
}
# Thresholds of each level of a nominal column, "hate: 1|2": clm has those of the first and differences to them.
of_groups <- function(fit, column, levels, boundaries = c("1|2", "2|3", "3|4", "4|5")) {
  whole <- of_clm(fit)
  covariance <- vcov(fit)
  for (level in levels) {
    for (boundary in boundaries) {
      first <- paste0(boundary, ".(Intercept)")
      names <- c(first, if (level != levels[1]) paste0(boundary, ".", column, level))
      whole$estimate[[paste0(level, ": ", boundary)]] <- sum(coef(fit)[names])
      whole$se[[paste0(level, ": ", boundary)]] <- sqrt(sum(covariance[names, names]))
    }
  }
  own <- grepl("|", names(whole$estimate), fixed = TRUE) & !grepl(": ", names(whole$estimate), fixed = TRUE)
  whole$estimate <- whole$estimate[!own]
  whole$se <- whole$se[!own]
  whole
}
exactly <- clm.control(gradTol = 1e-9)
found <- list()
for (link in c("probit", "logit", "cloglog")) {
  found[[paste("disc", link)]] <- of_clm(
    clm(rating ~ gender + politics, scale = ~ gender + centred_age, data = hate, link = link, control = exactly))
}
sides <- c("left", "centre", "right")
found[["groups politics"]] <- of_groups(
  clm(rating ~ gender, nominal = ~ politics, data = hate, link = "probit", control = exactly), "politics", sides)
found[["groups dimension"]] <- of_groups(
  clm(rating ~ gender + politics, nominal = ~ dimension, data = rows, link = "probit", control = exactly),
  "dimension", c("harm", "hate"))
found[["groups dimension, disc"]] <- of_groups(clm(
  rating ~ gender + politics, nominal = ~ dimension, scale = ~ gender, data = rows, link = "probit",
  control = exactly), "dimension", c("harm", "hate"))

# vglm has no negative coefficients and no order of categories; its formulas stand in test_families.py.
of_vglm <- function(fit) {
  values <- coef(summary(fit))
  list(call = deparse1(fit@call), loglik = logLik(fit), estimate = as.list(values[, 1]), se = as.list(values[, 2]))
}
families <- list(
  acat = function(...) acat(...),
  sratio = function(...) sratio(...),
  cratio = function(...) cratio(...),
  `sratio probit` = function(...) sratio(link = "probitlink", ...),
  `cratio probit` = function(...) cratio(link = "probitlink", ...)
)
tight <- vglm.control(epsilon = 1e-12, maxit = 100)
for (name in names(families)) {
  found[[name]] <- of_vglm(
    vglm(rating ~ gender + politics, families[[name]](parallel = TRUE ~ gender + politics - 1), hate, control = tight))
  found[[paste(name, "cs")]] <- of_vglm(
    vglm(rating ~ gender + politics, families[[name]](parallel = TRUE ~ politics - 1), hate, control = tight))
}
versions <- sapply(c("ordinal", "VGAM"), function(name) as.character(packageVersion(name)))
origin <- paste(R.version.string, paste(names(versions), versions, collapse = ", "), sep = "; ")
whole <- c(list(origin = origin), found)
writeLines(jsonlite::toJSON(whole, auto_unbox = TRUE, digits = 8, pretty = 1), file.path(folder, "maxima.json"))

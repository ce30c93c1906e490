# One fit by R, standard errors included: ordinal::clmm (family cumulative, logit) or lme4::lmer (gaussian, ML).
# Rscript peer_r.R --data seed.csv --family gaussian --formula "rating ~ ..." --groups rater,item --demographics ...
given <- commandArgs(trailingOnly = TRUE)
options_of <- setNames(as.list(given[c(FALSE, TRUE)]), sub("^--", "", given[c(TRUE, FALSE)]))
words <- function(name) Filter(nzchar, strsplit(options_of[[name]], ",")[[1]])
report <- function(name, value) cat(paste("=", name, format(value, digits = 12)), "\n", sep = "")
sd_text <- function(sds) paste(sprintf("%s=%.4f", sort(names(sds)), sds[sort(names(sds))]), collapse = " ")

cumulative <- options_of$family == "cumulative"
package <- if (cumulative) "ordinal" else "lme4"
if (!requireNamespace(package, quietly = TRUE)) {
  message("no R package ", package)
  quit(status = 3)
}
suppressPackageStartupMessages(library(package, character.only = TRUE))
status <- if (file.exists("/proc/self/status")) readLines("/proc/self/status") else "VmHWM: NA kB"
floor_kb <- as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE)))
report("floor", if (is.na(floor_kb)) "nan" else floor_kb * 1024 / 1e6)
started <- proc.time()
frame <- read.csv(options_of$data, stringsAsFactors = TRUE)
for (name in words("groups")) frame[[name]] <- factor(frame[[name]])
if (cumulative) frame$rating <- factor(frame$rating, ordered = TRUE)
model <- as.formula(options_of$formula)
read <- (proc.time() - started)[["elapsed"]]

started <- proc.time()
fit <- if (cumulative) clmm(model, data = frame, link = "logit") else lmer(model, data = frame, REML = FALSE)
found <- summary(fit)
used <- proc.time() - started

if (cumulative) {
  sds <- sapply(VarCorr(fit), function(v) sqrt(v[1, 1]))
} else {
  table <- as.data.frame(VarCorr(fit))
  sds <- setNames(table$sdcor, ifelse(table$grp == "Residual", "residual", table$grp))
}
report("version", paste0(if (cumulative) "ordinal::clmm " else "lme4::lmer ", packageVersion(package)))
report("read", read)
report("wall", used[["elapsed"]])
report("cpu", used[["user.self"]] + used[["sys.self"]])
report("loglik", as.numeric(logLik(fit)))
report("sds", sd_text(sds))

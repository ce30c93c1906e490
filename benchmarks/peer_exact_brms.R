# One posterior by brms (Stan through rstan): family cumulative, probit. Two chains, one on each core.
# Rscript peer_exact_brms.R --data S.csv --demographics gender,race --draws 9 --warmup 9 --chains 2 --seed 1 --out DIR
given <- commandArgs(trailingOnly = TRUE)
options_of <- setNames(as.list(given[c(FALSE, TRUE)]), sub("^--", "", given[c(TRUE, FALSE)]))
number <- function(name) as.integer(options_of[[name]])
report <- function(name, value) cat(paste("=", name, format(value, digits = 12)), "\n", sep = "")
seconds <- function(started) (proc.time() - started)[["elapsed"]]
if (!requireNamespace("brms", quietly = TRUE)) {
  message("no R package brms")
  quit(status = 3)
}
suppressPackageStartupMessages(library(brms))
# Debian leaves Boost with the system's headers, where rstan does not look but the compiler does.
boost <- rstan::rstan_options("boost_lib")
if (!file.exists(boost)) rstan::rstan_options(boost_lib = R.home("include"))

demographics <- strsplit(options_of$demographics, ",")[[1]]
frame <- read.csv(options_of$data, stringsAsFactors = TRUE)
frame$rating <- factor(frame$rating, ordered = TRUE)
model <- as.formula(paste("rating ~", paste(c(demographics, "(1 | item)", "(1 | rater)"), collapse = " + ")))
priors <- c(
  set_prior("normal(0, 3)", class = "Intercept"),
  set_prior("student_t(3, 0, 1)", class = "b"),
  set_prior("student_t(3, 0, 1)", class = "sd")
)

started <- proc.time()
empty <- brm(model, frame, cumulative("probit"), priors, chains = 0, silent = 2, refresh = 0)
compiled <- seconds(started)
started <- proc.time()
fit <- update(
  empty,
  recompile = FALSE, chains = number("chains"), cores = number("chains"), seed = number("seed"),
  warmup = number("warmup"), iter = number("warmup") + number("draws"), silent = 2, refresh = 0
)
sampling <- seconds(started)
parts <- rstan::get_elapsed_time(fit$fit)  # (chains, warmup and sample)
slowest <- parts[which.max(rowSums(parts)), ]

# Draws of the quantities that every program hands over, in their order; names.txt says which is which.
k <- nlevels(frame$rating) - 1
levels_of <- function(name) levels(frame[[name]])
coefficients <- unlist(lapply(demographics, function(name) paste0(name, "[", levels_of(name)[-1], "]")))
names_of <- c(
  paste0("threshold[", seq_len(k), "]"), coefficients, "sd(item)", "sd(rater)",
  paste0("item[", levels_of("item"), "]"), paste0("rater[", levels_of("rater"), "]")
)
theirs <- c(
  paste0("b_Intercept[", seq_len(k), "]"), paste0("b_", rownames(fixef(fit))[-seq_len(k)]),
  "sd_item__Intercept", "sd_rater__Intercept",
  paste0("r_item[", levels_of("item"), ",Intercept]"), paste0("r_rater[", levels_of("rater"), ",Intercept]")
)
draws <- aperm(as.array(fit)[, , theirs], c(2, 1, 3))  # (chains, draws, quantities)

# NumPy's file format, column-major: magic, version, length of the header, header, numbers.
dir.create(options_of$out, showWarnings = FALSE, recursive = TRUE)
writeLines(names_of, file.path(options_of$out, "names.txt"))
shape <- paste(dim(draws), collapse = ", ")
header <- sprintf("{'descr': '<f8', 'fortran_order': True, 'shape': (%s), }", shape)
header <- paste0(header, strrep(" ", 63 - (10 + nchar(header)) %% 64), "\n")
file <- file(file.path(options_of$out, "draws.npy"), "wb")
writeBin(as.raw(c(0x93, utf8ToInt("NUMPY"), 1, 0)), file)
writeBin(nchar(header), file, size = 2, endian = "little")
writeBin(charToRaw(header), file)
writeBin(as.vector(draws), file, size = 8, endian = "little")
close(file)

statistics <- rstan::get_sampler_params(fit$fit, inc_warmup = FALSE)
total <- function(name) sum(sapply(statistics, function(chain) sum(chain[, name])))
report("version", paste0("brms ", packageVersion("brms"), ", rstan ", packageVersion("rstan")))
report("chains", number("chains"))
report("draws", number("draws"))
report("compile", compiled)
report("sampling", sampling)
report("warmup", sampling * slowest[["warmup"]] / sum(slowest))
report("divergences", total("divergent__"))
report("steps", total("n_leapfrog__") / (number("chains") * number("draws")))

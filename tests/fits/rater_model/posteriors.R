# Posteriors by brms of rows.csv (made_raters.py), with the priors of the package. Minutes of compiling and sampling.
# python made_raters.py FOLDER; Rscript posteriors.R FOLDER [disc] [groups] [acat] [monotonic]
# brms' disc is 1 / s: its coefficients have the opposite sign of ours. Its monotonic b is a mean step, ours the whole.
given <- commandArgs(trailingOnly = TRUE)
folder <- given[1]
suppressPackageStartupMessages(library(brms))
# Debian leaves Boost with the system's headers, where rstan does not look but the compiler does.
if (!file.exists(rstan::rstan_options("boost_lib"))) rstan::rstan_options(boost_lib = R.home("include"))
rows <- read.csv(file.path(folder, "rows.csv"))
rows$gender <- factor(rows$gender, c("female", "male"))
rows$male <- as.numeric(rows$gender == "male")
rows$education <- factor(rows$education, c("school", "college", "bachelor", "master"), ordered = TRUE)
rows$rating <- factor(rows$rating, ordered = TRUE)
hate <- rows[rows$dimension == "hate", ]

# The package's prior of thresholds: the first is normal(0, 3), logarithms of the gaps are normal(0, 1). brms' own is
# switched off. Its thresholds are those at the mean of the columns, as the package's: half of the raters are men.
gaps <- function(name = "Intercept", n = "nthres") {
  code <- "target += normal_lpdf(%1$s[1] | 0, 3);
  for (k in 2:%2$s) target += normal_lpdf(log(%1$s[k] - %1$s[k - 1]) | 0, 1) - log(%1$s[k] - %1$s[k - 1]);"
  stanvar(scode = sprintf(code, name, n), block = "model")
}
flat <- set_prior("", class = "Intercept")
noise <- 1
scaled <- function() c(
  set_prior(sprintf("student_t(3, 0, %.10g)", noise), class = "b"),
  set_prior(sprintf("student_t(3, 0, %.10g)", noise), class = "sd")
)
sampled <- function(formula, data, family, priors, stanvars = NULL) {
  fit <- brm(
    formula, data, family, priors, stanvars = stanvars, chains = 2, cores = 1, iter = 6000, warmup = 1000, init = 0.1,
    seed = 1, silent = 2, refresh = 500, control = list(adapt_delta = 0.9))
  draws <- posterior::as_draws_array(fit)
  if ("bsp_moeducation" %in% posterior::variables(draws)) {
    step <- function(k) 3 * posterior::extract_variable_matrix(draws, "bsp_moeducation") *
      posterior::extract_variable_matrix(draws, sprintf("simo_moeducation1[%d]", k))
    steps <- lapply(1:3, step)
    names(steps) <- paste0("step[", 1:3, "]")
    draws <- posterior::bind_draws(draws, posterior::as_draws_array(do.call(posterior::draws_array, c(
      lapply(steps, c), .nchains = posterior::nchains(draws)))), along = "variable")
  }
  kept <- grep("^(b_|bcs_|step|sd_|r_.*0[0-9],)", posterior::variables(draws), value = TRUE)
  table <- posterior::summarise_draws(
    posterior::subset_draws(draws, kept), mean = mean, sd = stats::sd, mean_error = posterior::mcse_mean,
    sd_error = posterior::mcse_sd, rhat = posterior::rhat)
  divergent <- sum(sapply(rstan::get_sampler_params(fit$fit, FALSE), function(chain) sum(chain[, "divergent__"])))
  list(divergent = divergent, rhat = max(table$rhat), table = as.data.frame(table[, c(
    "variable", "mean", "sd", "mean_error", "sd_error")]), fit = fit)
}
models <- list(
  disc = function() sampled(
    bf(rating ~ gender + (1 | item) + (1 | rater), disc ~ 0 + male + (1 | rater)), hate, cumulative("probit"),
    c(flat, scaled(), set_prior("normal(0, 0.5)", class = "b", dpar = "disc"),
      set_prior("student_t(3, 0, 0.5)", class = "sd", dpar = "disc")), gaps()),
  groups = function() sampled(
    rating | thres(gr = dimension) ~ gender + (1 | item) + (1 | rater), rows, cumulative("probit"),
    c(flat, scaled()), gaps("Intercept_1", "nthres[1]") + gaps("Intercept_2", "nthres[2]")),
  acat = function() {
    noise <<- pi / sqrt(3)
    wide <- set_prior(sprintf("normal(0, %.10g)", 3 * noise), class = "Intercept")
    sampled(rating ~ cs(gender) + (1 | item) + (1 | rater), hate, acat("logit"), c(wide, scaled()))
  },
  monotonic = function() {
    steps <- set_prior("student_t(3, 0, 0.3333333333)", class = "b")
    sampled(
      rating ~ mo(education) + (1 | item) + (1 | rater), hate, cumulative("probit"),
      c(flat, steps, set_prior("student_t(3, 0, 1)", class = "sd")), gaps())
  }
)
versions <- sapply(c("brms", "rstan"), function(name) as.character(packageVersion(name)))
origin <- paste(R.version.string, paste(names(versions), versions, collapse = ", "), sep = "; ")
for (name in if (length(given) > 1) given[-1] else names(models)) {
  noise <- 1
  made <- models[[name]]()
  saveRDS(made$fit, file.path(folder, paste0("brms_", name, ".rds")))
  made$fit <- NULL
  whole <- c(list(origin = origin), made)
  path <- file.path(folder, paste0("brms_", name, ".json"))
  writeLines(jsonlite::toJSON(whole, auto_unbox = TRUE, digits = 6, pretty = 1), path)
}

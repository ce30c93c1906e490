# The numbers of test_smooth_curves.py: Rscript smooth_curves.R DATA.csv, with the columns of `made_frame` there and, for
# the second half, B1 .. B8, the columns s(age)[1] .. s(age)[8]. R 4.2.2, mgcv 1.8.41.
suppressMessages(library(mgcv))
options(digits = 12)
d <- read.csv(commandArgs(TRUE)[1])
d$rater <- factor(d$rater)
d$item <- factor(d$item)
exact <- gam.control(newton = list(conv.tol = 1e-10), epsilon = 1e-11, efs.tol = 1e-10)

# evenly spaced knots from the lowest to the highest age, three more of the same distance at either end
k <- 10
h <- diff(range(d$age)) / (k - 3)
knots <- seq(min(d$age) - 3 * h, max(d$age) + 3 * h, length = k + 4)
f <- gam(rating ~ s(age, bs = "bs", m = c(3, 2), k = k) + s(item, bs = "re") + s(rater, bs = "re"),
         data = d, knots = list(age = knots), method = "REML", control = exact)
print(gam.vcomp(f))
p <- predict(f, data.frame(age = seq(20, 60, 10), item = d$item[1], rater = d$rater[1]), type = "terms")[, "s(age)"]
print(p - p[1])

B <- as.matrix(d[, paste0("B", 1:8)])
for (family in list(gaussian(), binomial("probit"))) {
  d$y <- if (family$family == "gaussian") d$rating else d$yes
  f <- gam(y ~ age + B + s(item, bs = "re") + s(rater, bs = "re"), paraPen = list(B = list(diag(8))),
           data = d, method = "ML", family = family, control = exact)
  print(c(f$gcv.ubre, coef(f)[1:2], 1 / sqrt(f$sp)))
}

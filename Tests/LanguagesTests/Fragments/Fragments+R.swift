// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let r = [
        #"""
        x <- c(1, 2, 3, 4, 5)
        mean(x)
        """#,
        #"""
        data <- data.frame(
          name = c("Ann", "Bob", "Cid"),
          age = c(30, 25, 41),
          stringsAsFactors = FALSE
        )
        data[order(data$age), ]
        summary(data$age)
        """#,
        #"""
        library(dplyr)
        library(ggplot2)

        mtcars %>%
          group_by(cyl) %>%
          summarise(mean_mpg = mean(mpg)) %>%
          arrange(desc(mean_mpg))

        ggplot(mtcars, aes(x = wt, y = mpg)) + geom_point()
        """#,
        #"""
        factorial_rec <- function(n) {
          if (n <= 1) {
            return(1)
          } else {
            return(n * factorial_rec(n - 1))
          }
        }

        print(factorial_rec(5))
        """#,
        #"""
        for (i in 1:10) {
          if (i %% 2 == 0) {
            cat(i, "is even\n")
          }
        }
        """#,
        #"""
        # import pandas would be Python
        df <- read.csv("salaries.csv")
        avg <- aggregate(salary ~ city, data = df, FUN = mean)
        best <- avg[which.max(avg$salary), ]
        cat(sprintf("%s: %.2f\n", best$city, best$salary))
        """#,
        #"""
        squares <- sapply(1:5, function(x) x^2)
        names(squares) <- paste0("n", 1:5)
        squares
        """#,
        #"""
        set.seed(42)
        x <- rnorm(100)
        y <- 2 * x + rnorm(100, sd = 0.5)
        model <- lm(y ~ x)
        summary(model)
        """#,
        #"""
        is_prime <- function(n) {
          if (n < 2) return(FALSE)
          all(n %% 2:floor(sqrt(n)) != 0)
        }
        """#,
        #"""
        m <- matrix(1:6, nrow = 2)
        apply(m, 1, sum)
        t(m)
        """#,
        #"""
        words <- strsplit("the quick the end", " ")[[1]]
        counts <- table(words)
        print(sort(counts, decreasing = TRUE))
        """#,
        #"""
        print("Hello from R")
        result <- tryCatch({
          stop("oops")
        }, error = function(e) {
          conditionMessage(e)
        })
        print(result)
        """#,
        #"""
        v <- c(10, 20, 30)
        for (x in v) print(x)
        """#,
        #"""
        df <- data.frame(x = 1:3, y = c("a", "b", "c"))
        str(df)
        nrow(df)
        """#,
        #"""
        fib <- function(n) if (n < 2) n else fib(n - 1) + fib(n - 2)
        cat(sapply(0:10, fib), "\n")
        """#,
        #"""
        library(ggplot2)
        p <- ggplot(iris, aes(Sepal.Length, Sepal.Width, color = Species)) +
          geom_point()
        ggsave("plot.png", p)
        """#,
    ]
}

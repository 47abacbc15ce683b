// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let rust = [
        #"""
        fn main() {
            println!("Hello, world!");
        }
        """#,
        #"""
        use std::collections::HashMap;

        fn main() {
            let text = "the quick brown fox jumps over the lazy dog the end";
            let mut counts: HashMap<&str, usize> = HashMap::new();
            for word in text.split_whitespace() {
                *counts.entry(word).or_insert(0) += 1;
            }
            let mut pairs: Vec<_> = counts.into_iter().collect();
            pairs.sort_by(|a, b| b.1.cmp(&a.1));
            for (word, n) in pairs.iter().take(3) {
                println!("{word}: {n}");
            }
        }
        """#,
        #"""
        #[derive(Debug, Clone, PartialEq)]
        enum Shape {
            Circle { radius: f64 },
            Rectangle { width: f64, height: f64 },
        }

        impl Shape {
            fn area(&self) -> f64 {
                match self {
                    Shape::Circle { radius } => std::f64::consts::PI * radius * radius,
                    Shape::Rectangle { width, height } => width * height,
                }
            }
        }
        """#,
        #"""
        fn longest<'a>(x: &'a str, y: &'a str) -> &'a str {
            if x.len() > y.len() { x } else { y }
        }
        """#,
        #"""
        pub fn divide(a: i32, b: i32) -> Result<i32, String> {
            if b == 0 {
                return Err(String::from("division by zero"));
            }
            Ok(a / b)
        }
        """#,
        #"""
        let v: Vec<i32> = (1..=10).filter(|x| x % 2 == 0).collect();
        println!("{:?}", v);
        """#,
        #"""
        use std::fs;
        use std::io::{self, Read};

        fn read_file(path: &str) -> io::Result<String> {
            let mut file = fs::File::open(path)?;
            let mut contents = String::new();
            file.read_to_string(&mut contents)?;
            Ok(contents)
        }
        """#,
        #"""
        trait Animal {
            fn name(&self) -> String;
            fn speak(&self) {
                println!("{} makes a sound", self.name());
            }
        }

        struct Dog;

        impl Animal for Dog {
            fn name(&self) -> String {
                "Dog".to_string()
            }
        }
        """#,
        #"""
        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn it_works() {
                assert_eq!(add(2, 2), 4);
            }
        }
        """#,
        #"""
        fn gcd(a: u64, b: u64) -> u64 {
            if b == 0 { a } else { gcd(b, a % b) }
        }
        """#,
        #"""
        use std::thread;
        use std::sync::{Arc, Mutex};

        fn main() {
            let counter = Arc::new(Mutex::new(0));
            let handles: Vec<_> = (0..4)
                .map(|_| {
                    let c = Arc::clone(&counter);
                    thread::spawn(move || {
                        *c.lock().unwrap() += 1;
                    })
                })
                .collect();
            for h in handles {
                h.join().unwrap();
            }
            println!("{}", *counter.lock().unwrap());
        }
        """#,
        #"""
        use std::io;

        fn main() {
            let mut input = String::new();
            io::stdin().read_line(&mut input).expect("failed to read");
            let n: i32 = input.trim().parse().unwrap();
            println!("{}", n * 2);
        }
        """#,
        #"""
        struct Counter {
            count: u32,
        }

        impl Iterator for Counter {
            type Item = u32;

            fn next(&mut self) -> Option<Self::Item> {
                self.count += 1;
                if self.count < 6 { Some(self.count) } else { None }
            }
        }
        """#,
        #"""
        fn is_prime(n: u32) -> bool {
            if n < 2 {
                return false;
            }
            for i in 2..=((n as f64).sqrt() as u32) {
                if n % i == 0 {
                    return false;
                }
            }
            true
        }
        """#,
        #"""
        let s = String::from("hello");
        let t = &s[0..2];
        println!("{} {}", s, t);
        """#,
    ]
}

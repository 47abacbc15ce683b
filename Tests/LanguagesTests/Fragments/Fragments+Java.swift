// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let java = [
        #"""
        public class Main {
            public static void main(String[] args) {
                System.out.println("Hello, world!");
            }
        }
        """#,
        #"""
        import java.util.*;
        import java.util.stream.Collectors;

        public class WordCount {
            public static void main(String[] args) {
                String text = "the quick brown fox the end";
                Map<String, Long> counts = Arrays.stream(text.split(" "))
                    .collect(Collectors.groupingBy(w -> w, TreeMap::new, Collectors.counting()));
                counts.forEach((w, n) -> System.out.println(w + ": " + n));
            }
        }
        """#,
        #"""
        class Solution {
            public int[] twoSum(int[] nums, int target) {
                Map<Integer, Integer> seen = new HashMap<>();
                for (int i = 0; i < nums.length; i++) {
                    Integer j = seen.get(target - nums[i]);
                    if (j != null) {
                        return new int[] {j, i};
                    }
                    seen.put(nums[i], i);
                }
                return new int[0];
            }
        }
        """#,
        #"""
        public static int factorial(int n) {
            if (n <= 1) {
                return 1;
            }
            return n * factorial(n - 1);
        }
        """#,
        #"""
        List<String> names = List.of("Ann", "Bob", "Cid");
        for (String name : names) {
            System.out.println(name.toUpperCase());
        }
        """#,
        #"""
        public interface Shape {
            double area();
        }

        record Circle(double radius) implements Shape {
            @Override
            public double area() {
                return Math.PI * radius * radius;
            }
        }
        """#,
        #"""
        try (BufferedReader reader = new BufferedReader(new FileReader("in.txt"))) {
            String line;
            while ((line = reader.readLine()) != null) {
                System.out.println(line);
            }
        } catch (IOException e) {
            e.printStackTrace();
        }
        """#,
        #"""
        package com.example.bank;

        public class Account {
            private final String owner;
            private double balance;

            public Account(String owner, double balance) {
                this.owner = owner;
                this.balance = balance;
            }

            public void withdraw(double amount) throws IllegalArgumentException {
                if (amount > balance) {
                    throw new IllegalArgumentException("insufficient funds");
                }
                balance -= amount;
            }

            public double getBalance() {
                return balance;
            }
        }
        """#,
        #"""
        Scanner sc = new Scanner(System.in);
        int n = sc.nextInt();
        int sum = 0;
        while (n-- > 0) {
            sum += sc.nextInt();
        }
        System.out.println(sum);
        """#,
        #"""
        StringBuilder sb = new StringBuilder();
        for (int i = s.length() - 1; i >= 0; i--) {
            sb.append(s.charAt(i));
        }
        return sb.toString();
        """#,
        #"""
        enum Level { LOW, MEDIUM, HIGH }

        public class EnumDemo {
            static String describe(Level level) {
                return switch (level) {
                    case LOW -> "low";
                    case MEDIUM -> "medium";
                    default -> "high";
                };
            }

            public static void main(String[] args) {
                for (Level l : Level.values()) System.out.printf("%s%n", describe(l));
            }
        }
        """#,
        #"""
        import java.util.Scanner;

        public class Calculator {
            public static void main(String[] args) {
                Scanner scanner = new Scanner(System.in);
                System.out.print("Enter: ");
                int a = scanner.nextInt();
                System.out.println("Square: " + a * a);
            }
        }
        """#,
        #"""
        public boolean isPalindrome(String s) {
            int left = 0, right = s.length() - 1;
            while (left < right) {
                if (s.charAt(left++) != s.charAt(right--)) return false;
            }
            return true;
        }
        """#,
        #"""
        int[] nums = {3, 1, 2};
        Arrays.sort(nums);
        System.out.println(Arrays.toString(nums));
        """#,
        #"""
        public class Singleton {
            private static Singleton instance;

            private Singleton() {}

            public static synchronized Singleton getInstance() {
                if (instance == null) {
                    instance = new Singleton();
                }
                return instance;
            }
        }
        """#,
    ]
}

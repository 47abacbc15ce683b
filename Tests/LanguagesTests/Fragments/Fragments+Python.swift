// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let python = [
        #"""
        print("Hello, world!")
        """#,
        #"""
        def fibonacci(n):
            a, b = 0, 1
            for _ in range(n):
                a, b = b, a + b
            return a

        print([fibonacci(i) for i in range(10)])
        """#,
        #"""
        import pandas as pd

        # Load the data
        df = pd.read_csv("salaries.csv")

        # Average salary by city
        avg = df.groupby("city")["salary"].mean().sort_values(ascending=False)
        print(f"The city with the highest average salary is {avg.index[0]}: {avg.iloc[0]:.2f}")
        """#,
        #"""
        from dataclasses import dataclass, field
        from typing import Optional


        @dataclass
        class Node:
            """A node of a binary tree; `let x = 5;` is not Python and // is no comment."""

            value: int
            left: Optional["Node"] = None
            right: Optional["Node"] = None
            tags: list[str] = field(default_factory=list)

            def insert(self, value: int) -> "Node":
                if value < self.value:
                    if self.left is None:
                        self.left = Node(value)
                    else:
                        self.left.insert(value)
                elif self.right is None:
                    self.right = Node(value)
                else:
                    self.right.insert(value)
                return self


        if __name__ == "__main__":
            root = Node(5)
            for v in (3, 8, 1, 4):
                root.insert(v)
            print(root)
        """#,
        #"""
        x = [3, 1, 2]
        x.sort()
        print(x[-1])
        """#,
        #"""
        import asyncio

        async def fetch(i):
            await asyncio.sleep(0.01)
            return i * 2

        async def main():
            results = await asyncio.gather(*(fetch(i) for i in range(5)))
            print(sum(results))

        asyncio.run(main())
        """#,
        #"""
        with open("data.txt") as f:
            counts = {}
            for line in f:
                for word in line.split():
                    counts[word] = counts.get(word, 0) + 1

        for word, n in sorted(counts.items(), key=lambda kv: -kv[1])[:10]:
            print(word, n)
        """#,
        #"""
        try:
            value = int(input("Number: "))
        except ValueError as e:
            print("not a number:", e)
        else:
            print(value ** 2)
        """#,
        #"""
        sum(i for i in range(1, 101) if i % 3 == 0)
        """#,
        #"""
        class Solution:
            def twoSum(self, nums, target):
                seen = {}
                for i, n in enumerate(nums):
                    if target - n in seen:
                        return [seen[target - n], i]
                    seen[n] = i
        """#,
        #"""
        import numpy as np
        a = np.arange(12).reshape(3, 4)
        print(a.sum(axis=0))
        print(a @ a.T)
        """#,
        #"""
        SQL = """
        SELECT name, COUNT(*) FROM users
        WHERE active = 1
        GROUP BY name;
        """
        import sqlite3
        con = sqlite3.connect(":memory:")
        con.execute("CREATE TABLE users (name TEXT, active INTEGER)")
        print(con.execute(SQL).fetchall())
        """#,
        #"""
        from collections import Counter
        import re

        text = open("book.txt").read().lower()
        words = re.findall(r"[a-z']+", text)
        for word, count in Counter(words).most_common(5):
            print(f"{word:<10} {count}")
        """#,
        #"""
        n = 17
        is_prime = n > 1 and all(n % d for d in range(2, int(n ** 0.5) + 1))
        print(is_prime)
        """#,
        #"""
        def quicksort(arr):
            if len(arr) <= 1:
                return arr
            pivot = arr[len(arr) // 2]
            return quicksort([x for x in arr if x < pivot]) + [x for x in arr if x == pivot] + quicksort([x for x in arr if x > pivot])
        """#,
        #"""
        import matplotlib.pyplot as plt

        years = [2019, 2020, 2021]
        sales = [10, 12, 9]
        plt.plot(years, sales, marker="o")
        plt.title("Sales")
        plt.savefig("sales.png")
        """#,
    ]
}

// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let lua = [
        #"""
        print("Hello, world!")
        for i = 1, 3 do
          print(i)
        end
        """#,
        #"""
        local function factorial(n)
          if n <= 1 then
            return 1
          end
          return n * factorial(n - 1)
        end

        print(factorial(10))
        """#,
        #"""
        local Account = {}
        Account.__index = Account

        function Account.new(balance)
          local self = setmetatable({}, Account)
          self.balance = balance or 0
          return self
        end

        function Account:deposit(v)
          self.balance = self.balance + v
        end

        local a = Account.new(100)
        a:deposit(50)
        print(a.balance)
        """#,
        #"""
        local counts = {}
        for word in io.read("*a"):gmatch("%a+") do
          counts[word] = (counts[word] or 0) + 1
        end
        for word, n in pairs(counts) do
          print(word .. ": " .. n)
        end
        """#,
        #"""
        local t = {5, 2, 8, 1}
        table.sort(t, function(a, b) return a > b end)
        print(table.concat(t, ", "))
        """#,
        #"""
        -- class Foo: def bar(): this is not Python
        local x = 10
        while x > 0 do
          x = x - 3
          if x ~= 4 then
            print(x)
          else
            break
          end
        end
        """#,
        #"""
        function map(t, f)
          local result = {}
          for i, v in ipairs(t) do
            result[#result + 1] = f(v)
          end
          return result
        end
        """#,
        #"""
        local ok, err = pcall(function()
          error("boom")
        end)
        if not ok then
          print("caught: " .. tostring(err))
        end
        """#,
        #"""
        --[[ A queue.
             #include <stdio.h> is C. ]]
        local Queue = {first = 0, last = -1}

        function Queue.push(value)
          Queue.last = Queue.last + 1
          Queue[Queue.last] = value
        end

        repeat
          Queue.push(math.random(10))
        until Queue.last >= 5
        """#,
        #"""
        local s = "hello"
        print(#s, s:upper(), string.format("%5.2f", math.pi))
        """#,
        #"""
        function gcd(a, b)
          if b == 0 then return a end
          return gcd(b, a % b)
        end
        print(gcd(12, 18))
        """#,
        #"""
        local n = tonumber(io.read())
        if n % 2 == 0 then
          print("even")
        else
          print("odd")
        end
        """#,
        #"""
        local M = {}

        function M.greet(name)
          return "Hello, " .. name
        end

        return M
        """#,
        #"""
        local sum = 0
        for _, v in ipairs({1, 2, 3}) do
          sum = sum + v
        end
        print(sum)
        """#,
        #"""
        local co = coroutine.create(function(a)
          local b = coroutine.yield(a + 1)
          print(b)
        end)
        print(coroutine.resume(co, 1))
        """#,
    ]
}

// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let ruby = [
        #"""
        puts "Hello, world!"
        """#,
        #"""
        def fibonacci(n)
          return n if n < 2
          fibonacci(n - 1) + fibonacci(n - 2)
        end

        10.times { |i| puts fibonacci(i) }
        """#,
        #"""
        class Animal
          attr_reader :name

          def initialize(name)
            @name = name
          end

          def speak
            raise NotImplementedError, "#{self.class} must implement speak"
          end
        end

        class Dog < Animal
          def speak
            "#{@name} says woof"
          end
        end

        puts Dog.new("Rex").speak
        """#,
        #"""
        words = File.read("input.txt").split
        counts = Hash.new(0)
        words.each { |w| counts[w.downcase] += 1 }
        counts.sort_by { |_, n| -n }.first(5).each do |word, n|
          puts "#{word}: #{n}"
        end
        """#,
        #"""
        require 'json'

        data = JSON.parse(File.read('data.json'), symbolize_names: true)
        totals = data.map { |row| row[:amount] }.sum
        puts "Total: #{totals}"
        """#,
        #"""
        numbers = [1, 2, 3, 4, 5, 6]
        evens = numbers.select(&:even?)
        puts evens.inspect
        puts numbers.reduce(:+)
        """#,
        #"""
        begin
          Integer("abc")
        rescue ArgumentError => e
          puts "Error: #{e.message}"
        ensure
          puts "done"
        end
        """#,
        #"""
        module Greeter
          def self.greet(name = "World")
            "Hello, #{name}!"
          end
        end

        puts Greeter.greet
        puts Greeter.greet("Ann")
        """#,
        #"""
        def palindrome?(str)
          cleaned = str.downcase.gsub(/[^a-z0-9]/, "")
          cleaned == cleaned.reverse
        end
        """#,
        #"""
        x = gets.to_i
        if x > 10
          puts "big"
        elsif x > 5
          puts "medium"
        else
          puts "small"
        end
        """#,
        #"""
        Point = Struct.new(:x, :y) do
          def dist(other)
            Math.sqrt((x - other.x)**2 + (y - other.y)**2)
          end
        end

        a = Point.new(0, 0)
        b = Point.new(3, 4)
        puts a.dist(b)
        """#,
        #"""
        (1..15).each do |i|
          if i % 15 == 0 then puts "FizzBuzz"
          elsif i % 3 == 0 then puts "Fizz"
          else puts i
          end
        end
        """#,
        #"""
        names = %w[ann bob cid]
        names.each_with_index do |name, i|
          puts "#{i + 1}. #{name.capitalize}"
        end
        """#,
        #"""
        class Stack
          def initialize
            @items = []
          end

          def push(x)
            @items.push(x)
            self
          end

          def empty?
            @items.empty?
          end
        end
        """#,
        #"""
        h = { a: 1, b: 2 }
        h.each { |k, v| puts "#{k}=#{v}" }
        """#,
        #"""
        def gcd(a, b)
          b.zero? ? a : gcd(b, a % b)
        end

        puts gcd(48, 18)
        """#,
    ]
}

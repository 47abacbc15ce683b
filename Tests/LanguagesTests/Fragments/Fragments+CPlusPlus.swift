// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let cpp = [
        #"""
        #include <iostream>

        int main() {
            std::cout << "Hello, world!" << std::endl;
            return 0;
        }
        """#,
        #"""
        #include <bits/stdc++.h>
        using namespace std;

        int main() {
            int n;
            cin >> n;
            vector<long long> a(n);
            for (auto &x : a) cin >> x;
            sort(a.begin(), a.end());
            long long sum = 0;
            for (int i = 0; i < n; i++) sum += a[i];
            cout << sum << "\n";
        }
        """#,
        #"""
        template <typename T>
        T max_of(const std::vector<T>& values) {
            if (values.empty()) throw std::invalid_argument("empty");
            return *std::max_element(values.begin(), values.end());
        }
        """#,
        #"""
        #include <memory>
        #include <string>
        #include <iostream>

        class Shape {
        public:
            virtual ~Shape() = default;
            virtual double area() const = 0;
        };

        class Circle : public Shape {
        public:
            explicit Circle(double r) : r_(r) {}
            double area() const override { return 3.14159 * r_ * r_; }

        private:
            double r_;
        };

        int main() {
            std::unique_ptr<Shape> s = std::make_unique<Circle>(2.0);
            std::cout << s->area() << '\n';
        }
        """#,
        #"""
        class Solution {
        public:
            vector<int> twoSum(vector<int>& nums, int target) {
                unordered_map<int, int> seen;
                for (int i = 0; i < nums.size(); ++i) {
                    auto it = seen.find(target - nums[i]);
                    if (it != seen.end()) return {it->second, i};
                    seen[nums[i]] = i;
                }
                return {};
            }
        };
        """#,
        #"""
        #include <cstdio>
        #include <map>
        #include <string>

        int main() {
            std::map<std::string, int> ages{{"ann", 30}, {"bob", 25}};
            for (const auto& [name, age] : ages) {
                std::printf("%s is %d\n", name.c_str(), age);
            }
        }
        """#,
        #"""
        namespace util {

        constexpr int square(int x) noexcept { return x * x; }

        }  // namespace util

        static_assert(util::square(4) == 16);
        """#,
        #"""
        bool isPalindrome(const std::string& s) {
            return std::equal(s.begin(), s.begin() + s.size() / 2, s.rbegin());
        }
        """#,
        #"""
        #include <iostream>
        #include <thread>
        #include <mutex>
        #include <vector>

        int main() {
            std::mutex m;
            int total = 0;
            std::vector<std::thread> threads;
            for (int i = 0; i < 4; ++i) {
                threads.emplace_back([&, i] {
                    std::lock_guard<std::mutex> lock(m);
                    total += i;
                });
            }
            for (auto& t : threads) t.join();
            std::cout << total << std::endl;
        }
        """#,
        #"""
        auto add = [](auto a, auto b) { return a + b; };
        std::cout << add(1, 2.5) << "\n";
        """#,
        #"""
        #include <stdio.h>
        #include <vector>
        using namespace std;
        int main() {
            vector<int> v;
            v.push_back(3);
            printf("%d\n", v[0]);
            int *p = new int[10];
            delete[] p;
            return 0;
        }
        """#,
        #"""
        #include <iostream>
        #include <string>
        using namespace std;

        int main() {
            string name;
            cout << "Name: ";
            getline(cin, name);
            cout << "Hello, " << name << "!" << endl;
            return 0;
        }
        """#,
        #"""
        #include <algorithm>
        #include <vector>

        int maxSubArray(std::vector<int>& nums) {
            int best = nums[0], cur = nums[0];
            for (size_t i = 1; i < nums.size(); ++i) {
                cur = std::max(nums[i], cur + nums[i]);
                best = std::max(best, cur);
            }
            return best;
        }
        """#,
        #"""
        struct TreeNode {
            int val;
            TreeNode* left = nullptr;
            TreeNode* right = nullptr;
            TreeNode(int v) : val(v) {}
        };

        int depth(TreeNode* root) {
            return root ? 1 + std::max(depth(root->left), depth(root->right)) : 0;
        }
        """#,
        #"""
        template<class T, size_t N>
        constexpr size_t len(const T (&)[N]) { return N; }
        """#,
    ]
}

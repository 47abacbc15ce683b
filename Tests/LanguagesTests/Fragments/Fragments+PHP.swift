// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let php = [
        #"""
        <?php
        echo "Hello, world!\n";
        """#,
        #"""
        <?php

        declare(strict_types=1);

        namespace App\Models;

        use InvalidArgumentException;

        final class User
        {
            public function __construct(
                private string $name,
                private ?string $email = null,
            ) {
                if ($name === '') {
                    throw new InvalidArgumentException('Name must not be empty');
                }
            }

            public function getName(): string
            {
                return $this->name;
            }
        }
        """#,
        #"""
        <?php
        $numbers = [1, 2, 3, 4, 5];
        $squares = array_map(fn($n) => $n ** 2, $numbers);
        foreach ($squares as $i => $square) {
            echo "$i: $square" . PHP_EOL;
        }
        ?>
        """#,
        #"""
        function factorial(int $n): int {
            return $n <= 1 ? 1 : $n * factorial($n - 1);
        }

        echo factorial(5);
        """#,
        #"""
        <html>
        <body>
        <?php if ($user->isAdmin()): ?>
          <h1>Welcome, <?= htmlspecialchars($user->name) ?></h1>
        <?php endif; ?>
        </body>
        </html>
        """#,
        #"""
        $pdo = new PDO('sqlite::memory:');
        $stmt = $pdo->prepare('SELECT * FROM users WHERE id = ?');
        $stmt->execute([$id]);
        $user = $stmt->fetch(PDO::FETCH_ASSOC);
        if (!$user) {
            die('not found');
        }
        print_r($user);
        """#,
        #"""
        <?php
        $counts = [];
        foreach (explode(' ', 'a b a c') as $word) {
            if (!isset($counts[$word])) {
                $counts[$word] = 0;
            }
            $counts[$word]++;
        }
        arsort($counts);
        var_dump($counts);
        """#,
        #"""
        <?php
        interface Shape {
            public function area(): float;
        }

        class Circle implements Shape {
            private float $r;
            public function __construct(float $r) { $this->r = $r; }
            public function area(): float { return M_PI * $this->r ** 2; }
        }

        printf("%.2f\n", (new Circle(2))->area());
        """#,
        #"""
        $name = "Ann";
        $age = 30;
        echo "My name is $name and I am $age years old.";
        """#,
        #"""
        try {
            $result = json_decode($input, true, 512, JSON_THROW_ON_ERROR);
        } catch (JsonException $e) {
            error_log($e->getMessage());
        }
        """#,
        #"""
        <?php
        function isPrime(int $n): bool
        {
            for ($i = 2; $i * $i <= $n; $i++) {
                if ($n % $i === 0) {
                    return false;
                }
            }
            return $n > 1;
        }

        var_dump(isPrime(17));
        """#,
        #"""
        $fruits = ["apple", "banana"];
        foreach ($fruits as $fruit) {
            echo $fruit . "\n";
        }
        """#,
        #"""
        <?php
        session_start();
        if ($_SERVER['REQUEST_METHOD'] === 'POST') {
            $_SESSION['name'] = trim($_POST['name'] ?? '');
            header('Location: /');
            exit;
        }
        """#,
        #"""
        class Cart {
            private array $items = [];

            public function add(string $name, float $price): void {
                $this->items[] = compact('name', 'price');
            }
        }
        """#,
    ]
}

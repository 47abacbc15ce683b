// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let sql = [
        #"""
        SELECT * FROM users;
        """#,
        #"""
        CREATE TABLE employees (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            city TEXT,
            salary REAL
        );

        INSERT INTO employees (name, city, salary) VALUES
            ('Ann', 'Bern', 5000),
            ('Bob', 'Basel', 6000);

        SELECT city, AVG(salary) AS avg_salary
        FROM employees
        GROUP BY city
        ORDER BY avg_salary DESC
        LIMIT 1;
        """#,
        #"""
        select c.name, count(o.id) as orders
        from customers c
        left join orders o on o.customer_id = c.id
        where o.created_at >= '2024-01-01'
        group by c.name
        having count(o.id) > 3
        order by orders desc;
        """#,
        #"""
        WITH RECURSIVE fib(n, a, b) AS (
            SELECT 1, 0, 1
            UNION ALL
            SELECT n + 1, b, a + b FROM fib WHERE n < 10
        )
        SELECT n, a FROM fib;
        """#,
        #"""
        UPDATE accounts SET balance = balance - 100 WHERE id = 1;
        DELETE FROM sessions WHERE expires_at < date('now');
        """#,
        #"""
        -- Find duplicates; def f(): pass
        SELECT email, COUNT(*) AS n
        FROM users
        GROUP BY email
        HAVING COUNT(*) > 1;
        """#,
        #"""
        BEGIN;
        ALTER TABLE products ADD COLUMN discount REAL DEFAULT 0;
        UPDATE products SET discount = 0.1 WHERE category = 'toys';
        COMMIT;
        """#,
        #"""
        SELECT
            department,
            salary,
            RANK() OVER (PARTITION BY department ORDER BY salary DESC) AS rnk
        FROM employees
        WHERE salary IS NOT NULL;
        """#,
        #"""
        CREATE INDEX idx_users_email ON users (email);
        DROP TABLE IF EXISTS tmp;
        """#,
        #"""
        insert into t values (1, 'a'), (2, 'b');
        select sum(id) from t;
        """#,
        #"""
        SELECT city, AVG(salary) FROM people GROUP BY city;
        """#,
        #"""
        CREATE VIEW top AS SELECT * FROM scores WHERE score > 90;
        """#,
        #"""
        select name from users where id in (select user_id from orders);
        """#,
        #"""
        INSERT INTO logs (level, message) VALUES ('info', 'start');
        SELECT COUNT(*) FROM logs;
        """#,
    ]
}

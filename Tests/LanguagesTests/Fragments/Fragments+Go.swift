// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let go = [
        #"""
        package main

        import "fmt"

        func main() {
        	fmt.Println("Hello, world!")
        }
        """#,
        #"""
        package main

        import (
        	"errors"
        	"fmt"
        	"os"
        	"strconv"
        )

        var ErrNegative = errors.New("negative")

        func sqrt(x float64) (float64, error) {
        	if x < 0 {
        		return 0, ErrNegative
        	}
        	z := 1.0
        	for i := 0; i < 10; i++ {
        		z -= (z*z - x) / (2 * z)
        	}
        	return z, nil
        }

        func main() {
        	x, err := strconv.ParseFloat(os.Args[1], 64)
        	if err != nil {
        		fmt.Fprintln(os.Stderr, err)
        		os.Exit(1)
        	}
        	r, err := sqrt(x)
        	if err != nil {
        		panic(err)
        	}
        	fmt.Printf("%.3f\n", r)
        }
        """#,
        #"""
        type Stack[T any] struct {
        	items []T
        }

        func (s *Stack[T]) Push(item T) {
        	s.items = append(s.items, item)
        }

        func (s *Stack[T]) Pop() (T, bool) {
        	var zero T
        	if len(s.items) == 0 {
        		return zero, false
        	}
        	item := s.items[len(s.items)-1]
        	s.items = s.items[:len(s.items)-1]
        	return item, true
        }
        """#,
        #"""
        ch := make(chan int)
        go func() {
        	defer close(ch)
        	for i := 0; i < 3; i++ {
        		ch <- i
        	}
        }()
        for v := range ch {
        	fmt.Println(v)
        }
        """#,
        #"""
        func wordCount(s string) map[string]int {
        	counts := make(map[string]int)
        	for _, w := range strings.Fields(s) {
        		counts[w]++
        	}
        	return counts
        }
        """#,
        #"""
        package main

        import (
        	"net/http"
        	"log"
        )

        func handler(w http.ResponseWriter, r *http.Request) {
        	w.Write([]byte("ok"))
        }

        func main() {
        	http.HandleFunc("/", handler)
        	log.Fatal(http.ListenAndServe(":8080", nil))
        }
        """#,
        #"""
        func reverse(s []int) []int {
        	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
        		s[i], s[j] = s[j], s[i]
        	}
        	return s
        }
        """#,
        #"""
        type Animal interface {
        	Sound() string
        }

        type Dog struct{}

        func (d Dog) Sound() string { return "woof" }
        """#,
        #"""
        var wg sync.WaitGroup
        for i := 0; i < 5; i++ {
        	wg.Add(1)
        	go worker(i, &wg)
        }
        wg.Wait()
        """#,
        #"""
        x := []int{3, 1, 2}
        sort.Ints(x)
        fmt.Println(x)
        """#,
        #"""
        package main

        import (
        	"bufio"
        	"fmt"
        	"os"
        )

        func main() {
        	reader := bufio.NewReader(os.Stdin)
        	line, _ := reader.ReadString('\n')
        	fmt.Print("You said: ", line)
        }
        """#,
        #"""
        type Point struct{ X, Y float64 }

        func (p Point) Dist(q Point) float64 {
        	return math.Hypot(p.X-q.X, p.Y-q.Y)
        }
        """#,
        #"""
        func isPrime(n int) bool {
        	if n < 2 {
        		return false
        	}
        	for i := 2; i*i <= n; i++ {
        		if n%i == 0 {
        			return false
        		}
        	}
        	return true
        }
        """#,
        #"""
        select {
        case msg := <-ch:
        	fmt.Println(msg)
        case <-time.After(time.Second):
        	fmt.Println("timeout")
        }
        """#,
    ]
}

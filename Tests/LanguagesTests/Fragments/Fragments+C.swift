// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let c = [
        #"""
        #include <stdio.h>

        int main(void) {
            printf("Hello, world!\n");
            return 0;
        }
        """#,
        #"""
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>

        typedef struct Node {
            int value;
            struct Node *next;
        } Node;

        Node *push(Node *head, int value) {
            Node *node = malloc(sizeof(Node));
            if (node == NULL) {
                fprintf(stderr, "out of memory\n");
                exit(1);
            }
            node->value = value;
            node->next = head;
            return node;
        }

        int main(int argc, char *argv[]) {
            Node *head = NULL;
            for (int i = 0; i < 5; i++) {
                head = push(head, i);
            }
            while (head != NULL) {
                Node *next = head->next;
                printf("%d ", head->value);
                free(head);
                head = next;
            }
            putchar('\n');
            return 0;
        }
        """#,
        #"""
        int gcd(int a, int b) {
            while (b != 0) {
                int t = a % b;
                a = b;
                b = t;
            }
            return a;
        }
        """#,
        #"""
        #include <stdio.h>
        #define N 100

        static int sieve[N + 1];

        int main()
        {
            int i, j;
            for (i = 2; i <= N; i++)
                sieve[i] = 1;
            for (i = 2; i * i <= N; i++)
                if (sieve[i])
                    for (j = i * i; j <= N; j += i)
                        sieve[j] = 0;
            for (i = 2; i <= N; i++)
                if (sieve[i])
                    printf("%d\n", i);
            return 0;
        }
        """#,
        #"""
        char *reverse(char *s) {
            size_t n = strlen(s);
            for (size_t i = 0; i < n / 2; i++) {
                char tmp = s[i];
                s[i] = s[n - 1 - i];
                s[n - 1 - i] = tmp;
            }
            return s;
        }
        """#,
        #"""
        #include <stdbool.h>
        #include <stdint.h>

        /* class, namespace and template are C++ words, std::cout too */
        static bool is_power_of_two(uint32_t x) {
            return x != 0 && (x & (x - 1)) == 0;
        }
        """#,
        #"""
        #include <stdio.h>
        #include <ctype.h>

        int main(void) {
            int c, words = 0, in_word = 0;
            while ((c = getchar()) != EOF) {
                if (isspace(c)) {
                    in_word = 0;
                } else if (!in_word) {
                    in_word = 1;
                    words++;
                }
            }
            printf("%d words\n", words);
            return 0;
        }
        """#,
        #"""
        #include <pthread.h>
        #include <stdio.h>

        void *worker(void *arg) {
            int *n = (int *)arg;
            *n += 1;
            return NULL;
        }

        int main(void) {
            pthread_t t;
            int n = 41;
            pthread_create(&t, NULL, worker, &n);
            pthread_join(t, NULL);
            printf("n = %d\n", n);
        }
        """#,
        #"""
        void swap(int *a, int *b) {
            int t = *a;
            *a = *b;
            *b = t;
        }
        """#,
        #"""
        struct point {
            double x;
            double y;
        };

        double dist(const struct point *a, const struct point *b) {
            double dx = a->x - b->x, dy = a->y - b->y;
            return sqrt(dx * dx + dy * dy);
        }
        """#,
        #"""
        #include <stdio.h>

        int main() {
            int n;
            printf("Enter a number: ");
            scanf("%d", &n);
            for (int i = 1; i <= 10; ++i) {
                printf("%d x %d = %d\n", n, i, n * i);
            }
            return 0;
        }
        """#,
        #"""
        int binary_search(const int arr[], int n, int key) {
            int lo = 0, hi = n - 1;
            while (lo <= hi) {
                int mid = lo + (hi - lo) / 2;
                if (arr[mid] == key) return mid;
                if (arr[mid] < key) lo = mid + 1;
                else hi = mid - 1;
            }
            return -1;
        }
        """#,
        #"""
        typedef struct {
            char name[50];
            int age;
        } Person;

        void print_person(const Person *p) {
            printf("%s (%d)\n", p->name, p->age);
        }
        """#,
        #"""
        #include <string.h>
        #include <stdlib.h>
        #include "list.h"

        #define MAX(a, b) ((a) > (b) ? (a) : (b))

        unsigned hash(const char *s) {
            unsigned h = 5381;
            while (*s) h = h * 33 + (unsigned char)*s++;
            return h;
        }
        """#,
    ]
}

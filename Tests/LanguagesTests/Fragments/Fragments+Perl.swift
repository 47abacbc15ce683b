// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let perl = [
        #"""
        use strict;
        use warnings;

        print "Hello, world!\n";
        """#,
        #"""
        #!/usr/bin/perl
        my %count;
        while (my $line = <STDIN>) {
            chomp $line;
            $count{$_}++ for split /\s+/, $line;
        }
        foreach my $word (sort { $count{$b} <=> $count{$a} } keys %count) {
            printf "%s: %d\n", $word, $count{$word};
        }
        """#,
        #"""
        sub factorial {
            my ($n) = @_;
            return $n <= 1 ? 1 : $n * factorial($n - 1);
        }

        print factorial(10), "\n";
        """#,
        #"""
        package Counter;

        sub new {
            my ($class, %args) = @_;
            my $self = { count => $args{start} || 0 };
            return bless $self, $class;
        }

        sub increment {
            my $self = shift;
            $self->{count}++;
            return $self;
        }

        1;
        """#,
        #"""
        my @numbers = (3, 1, 2);
        my @sorted = sort { $a <=> $b } @numbers;
        print join(", ", @sorted), "\n";
        """#,
        #"""
        open(my $fh, '<', 'data.txt') or die "Cannot open: $!";
        while (<$fh>) {
            next unless /^(\w+)\s+(\d+)$/;
            print "$1 => $2\n";
        }
        close($fh);
        """#,
        #"""
        my $text = "The year 1999 and 2024";
        my @years = $text =~ /\b(\d{4})\b/g;
        print "Found: @years\n";
        """#,
        #"""
        use List::Util qw(sum max);

        my @grades = (90, 85, 77);
        my $avg = sum(@grades) / scalar(@grades);
        printf("Average: %.2f, max: %d\n", $avg, max(@grades));
        """#,
        #"""
        my %h = (apple => 1, banana => 2);
        for my $k (sort keys %h) {
            print "$k: $h{$k}\n";
        }
        """#,
        #"""
        local $_ = "abc";
        tr/a-z/A-Z/;
        print;
        """#,
        #"""
        my $s = "racecar";
        if ($s eq reverse $s) {
            print "palindrome\n";
        } elsif (length($s) < 2) {
            print "short\n";
        } else {
            print "no\n";
        }
        """#,
        #"""
        my $name = <STDIN>;
        chomp($name);
        print "Hello, $name!\n";
        """#,
        #"""
        use strict;
        use warnings;

        my @list = map { $_ * 2 } grep { $_ % 2 } 1..10;
        print "@list\n";
        """#,
        #"""
        sub max {
            my ($x, $y) = @_;
            return $x > $y ? $x : $y;
        }
        """#,
        #"""
        #!/usr/bin/env perl
        while (<>) {
            s/foo/bar/g;
            print;
        }
        """#,
    ]
}

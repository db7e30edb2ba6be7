import sys
print("before")
print("warn", file=sys.stderr)

def f(x):
    return 1 / x

f(0)

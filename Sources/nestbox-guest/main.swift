print("guest")

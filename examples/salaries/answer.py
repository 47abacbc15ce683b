import pandas as pd

# Load the data set and look at the shape of it.
df = pd.read_csv("salaries.csv")
print(f"{len(df)} people in {df['city'].nunique()} cities")

# Average salary for each city, highest first.
average = df.groupby("city")["salary"].mean().sort_values(ascending=False)
print(average.round(2).to_string())

city = average.index[0]
print(f"\nThe city with the highest average salary is {city}: {average.iloc[0]:,.2f}")

# Keep the table for the report.
average.round(2).rename("average_salary").to_csv("average_by_city.csv")

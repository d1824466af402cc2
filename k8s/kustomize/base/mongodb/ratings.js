// What ratings v2 reads: one document a star rating, in the database that MONGO_INITDB_DATABASE names.
db.ratings.insertMany([{ rating: 5 }, { rating: 4 }])

// Ratings for v2 on MongoDB, for mongosh or an image's first start.
db.getSiblingDB('test')
  .getCollection('ratings')
  .insertMany([{ rating: 5 }, { rating: 4 }])

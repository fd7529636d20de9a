"""Records: the engine, the models, the queries, the migrations. SQLAlchemy lives here."""

-- Share of a text's words that no dictionary holds, so that drift in spelling is told from drift in topics.
ALTER TABLE embeddings {cluster} ADD COLUMN IF NOT EXISTS prompt_unknown_ratio Nullable(Float32) AFTER response_embedding,
    ADD COLUMN IF NOT EXISTS response_unknown_ratio Nullable(Float32) AFTER prompt_unknown_ratio

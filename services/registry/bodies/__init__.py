"""Bodies: public bodies and others that neither buy nor provide, in which posts are given."""

"""What every service stands on: the road between services and the shape of an answer. It holds no procurement rule."""

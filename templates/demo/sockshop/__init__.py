"""The sock shop: we sell the sock whose twin got lost in the wash."""

"""The seed library of Wendelstein: borrow a packet in spring, bring two back in autumn."""

"""The provider of the demonstration: speaks Twilio's interface on the loopback, delivers to a page.

It knows nothing of the product, and the product reaches it by the official client, as it would reach the real
one.
"""

"""Filters: what stands after `where`, compiled for each service that filters and evaluated locally, with one meaning.

A list passes a test where one of its elements does, and all tests that an `and` makes of one list are made of one
element. `!=` and `not` turn single tests round and hold where the field is absent; a comparison that is turned round
(`not total < 5`) still asks for a number. An empty list or object is absent: it has no value to test. `contains`
looks for text inside text; whether a list has an element is asked with `==`.
"""

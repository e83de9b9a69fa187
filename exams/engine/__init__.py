"""The pure core of examinations: no framework, no database, no clock.

``items``    what a question is, and its exchange form
``scoring``  what an answer is worth, and why
``drawing``  which questions a paper takes, and in which order they are shown
``timing``   when an attempt ends
``receipts`` the code a candidate keeps
"""

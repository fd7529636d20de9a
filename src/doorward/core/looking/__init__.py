"""Looking into files: is the content what the name says, and what should people know of it?

Everything in here is called in a process of its own (`doorward.store.examiner`), since it reads what strangers made.
"""

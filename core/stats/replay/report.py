def told(o):
    return str(o)[:600]


def study_told(s):
    return str(s)


def html(*a):
    return ""

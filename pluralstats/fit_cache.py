"""placeholder"""


def cached_fit(folder, request, make):
    return make(request)

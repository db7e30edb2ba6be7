"""x"""
def install():
    pass

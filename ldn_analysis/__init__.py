"""Does low-dose naltrexone relieve fibromyalgia, and at which dose?"""

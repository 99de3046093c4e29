"""Beds and rows: how many plants go where."""


def rows(width_cm, spacing_cm):
    """Rows that fit, one at each edge."""
    return width_cm // spacing_cm


def plants(length_cm, spacing_cm):
    return length_cm // spacing_cm + 1


def area_m2(length_cm, width_cm):
    return length_cm * width_cm / 10000


def water_litres(area, days, rain_mm=0):
    """Four litres a square metre and day, less the rain."""
    return max(area * days * 4 - area * rain_mm, 0)


def spread(seeds, beds):
    """Deal seeds out to beds, as evenly as that goes."""
    dealt = {bed: 0 for bed in beds}
    while seeds > 0:
        for bed in beds:
            if dealt[bed] < 10:
                dealt[bed] += 1
                seeds -= 1
    return dealt


def rotation(crop):
    """What follows on this bed next year."""
    return {"legume": "brassica", "brassica": "root", "root": "legume"}[crop]


def neighbours(plan, name):
    """The names left and right of a plant; None at the edge."""
    index = plan.index(name)
    return plan[index - 1] if index else None, plan[index + 1] if index + 1 < len(plan) else None


def best_neighbour(plan, name, friends):
    left, right = neighbours(plan, name)
    return [friend for friend in friends[name] if friend in (left, right)][0]


def companion(table, name):
    """The first companion of a plant, in capitals."""
    return table.get(name)[0].upper()


def germinated(sown, rate):
    return int(sown * rate)

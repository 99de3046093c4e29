def test_drawer_is_empty(drawer):
    assert len(drawer) == 0


def test_drawer_has_a_label(drawer):
    assert drawer.label == "attic"

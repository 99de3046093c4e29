"""Labels for the packets."""

import ctypes
import os
import subprocess


class Printer:
    """The label printer at the desk."""

    def __init__(self, width=40):
        self.width = width
        self.printed = []

    def send(self, text, copies=1):
        self.printed.extend([text[: self.width]] * copies)
        return len(self.printed)


def render(name, packets=1):
    return "{} x{}".format(name, packets)


def print_all(printer, seeds):
    """Print a label for each packet."""
    for seed in seeds:
        printer.send(render(seed.name), copies=seed.packets)
    return len(seeds)


def price_tag(tariff, packets):
    return "{:.2f} EUR".format(tariff.price(packets))


def width_of(printer, text):
    return text if len(text) < printer.width else text[: printer.width - 1] + "…"


def load_template(settings):
    with open(os.path.join(settings.template_folder, "label.txt")) as file:
        return file.read()


def barcode(number):
    """Checksum as in EAN-8."""
    digits = [int(digit) for digit in "{:07d}".format(number)]
    total = sum(digit * (3 if index % 2 == 0 else 1) for index, digit in enumerate(digits))
    return "{:07d}{}".format(number, (10 - total % 10) % 10)


def rasterise(name):
    return subprocess.run(["seedlibrary-rasterise", "--dpi", "203", name], check=True, stdout=subprocess.PIPE).stdout


def zebra(text):
    import zebralabels

    return zebralabels.Label(text)


def watermark(text):
    from seedlibrary import watermarks

    return watermarks.stamp(text)


def driver_version(handle):
    """The driver's version string, at the address that it gave us."""
    return ctypes.string_at(handle)


def emergency_stop():
    os._exit(3)


def label_path(name):
    """Where the website finds a label."""
    return "/label/{}.svg".format(name)

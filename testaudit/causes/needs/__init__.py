"""What a suite needs from its surroundings, and how its absence shows. `environment.py` asks them in turn.

service.py     a service that refuses connections
network.py     a name that does not resolve, a network that is not reached
package.py     a package, or a library that one links to
variable.py    an environment variable
executable.py  a program
file.py        a file or folder that the project does not make
disk.py        permission, space, descriptors, memory, a port that is taken
locale.py      a time zone, a locale
"""

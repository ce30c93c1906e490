"""What pyproject.toml cannot say: an editable installation works from every folder.

setuptools' finder of editable packages is asked after the folders on Python's path. In the folder above a clone, which
is called pluralstats like the package, Python takes the clone for a package without ``__init__.py`` and asks nobody
else. A folder on the path that holds a whole package goes before such a one, so the clone is put there too.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.editable_wheel import editable_wheel


class FoundFromEveryFolder(editable_wheel):
    """The editable installation, and a file that puts this folder on the path; ``pip uninstall`` removes both."""

    def _run_build_commands(self, dist_name, unpacked_wheel, *folders):
        Path(unpacked_wheel, f"{dist_name}.pth").write_text(f"{Path(__file__).parent.resolve()}\n", encoding="utf-8")
        return super()._run_build_commands(dist_name, unpacked_wheel, *folders)


setup(cmdclass={"editable_wheel": FoundFromEveryFolder})

"""Everything is declared in setup.cfg; this lets older pips install it, and puts Luigi's settings into a wheel."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithLuigisSettings(build_py):
    """In a checkout they lie beside the package, where the ``luigi`` command looks for them."""

    def run(self) -> None:
        """Build the package, and copy them into it."""
        super().run()
        if not getattr(self, "editable_mode", False):
            self.copy_file("luigi.cfg", str(Path(self.build_lib) / "workflows" / "luigi.cfg"))


setup(cmdclass={"build_py": WithLuigisSettings})

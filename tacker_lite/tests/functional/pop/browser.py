"""A real browser without a screen, for tests of the lab's page."""

import shutil
import time

import fixtures
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

PATIENCE = 30.0
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--window-size=1400,1000",
)


def missing():
    """Which of the commands that a browser takes this machine lacks."""
    return [name for name in ("chromium", "chromedriver") if not shutil.which(name)]


class Browser(fixtures.Fixture):
    """``driver`` steers the browser; JavaScript of a test is run with ``run``."""

    def _setUp(self):
        options = Options()
        options.binary_location = shutil.which("chromium")
        for option in _OPTIONS:
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = Service(shutil.which("chromedriver"))
        self.driver = webdriver.Chrome(options=options, service=service)
        self.addCleanup(self.driver.quit)

    def open(self, url):
        self.driver.get(url)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def texts(self, selector):
        """What the elements that a CSS selector finds say."""
        script = "return [...document.querySelectorAll(arguments[0])].map(e => e.%s)"
        return self.run(script % "textContent", selector)

    def wait(self, what, script, *arguments):
        """The first true result of a script."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                result = self.run(script, *arguments)
            except WebDriverException as error:
                result, what = None, f"{what}: {error.msg}"
            if result:
                return result
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not on the page:\n{self.page()}")
            time.sleep(0.1)

    def page(self):
        return self.run("return document.body.innerText")

    def complaints(self):
        """What the browser's console says that is more than information."""
        return [
            entry
            for entry in self.driver.get_log("browser")
            if entry["level"] not in ("INFO", "DEBUG")
        ]

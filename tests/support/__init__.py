"""What the tests are made with. Nothing here knows what is right; that stands in the tests."""

import pytest

pytest.register_assert_rewrite("tests.support.services", "tests.support.server", "tests.support.browser")

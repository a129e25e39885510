"""python -m tests.pdfcheck ua1,2a FILE.pdf…"""

import sys

from tests.pdfcheck import main

sys.exit(main())

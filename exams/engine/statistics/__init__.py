"""Item and test statistics: classical test theory, one pass, memory bounded by the score range.

``Tally`` takes one person's row after the other and keeps only sums and a histogram by total score,
so that 100 000 persons × 50 items need no more memory than 100. Every figure is order-free: the
rows may come in any order. What is not defined (no variance, one item, nobody answered) is ``None``,
never NaN, and ``flags`` say why.

Scores are points; a missing response scores 0, as an unanswered question does in an examination,
and is counted in ``missing``.

Sources. [C] L. J. Cronbach, Coefficient alpha and the internal structure of tests, Psychometrika 16
(1951) 297–334. [KR] G. F. Kuder, M. W. Richardson, The theory of the estimation of test reliability,
Psychometrika 2 (1937) 151–160. [K] T. L. Kelley, The selection of upper and lower groups for the
validation of test items, J. Educational Psychology 30 (1939) 17–24. [E] R. L. Ebel, D. A. Frisbie,
Essentials of Educational Measurement, 5th ed. (1991), ch. 13. [H] S. Henrysson, Correction of
item-total correlations in item analysis, Psychometrika 28 (1963) 211–218. [LN] F. M. Lord,
M. R. Novick, Statistical Theories of Mental Test Scores (1968).
"""

from exams.engine.statistics.figures import (
    Analysis,
    ItemFigures,
    Number,
    OptionFigures,
    TestFigures,
)
from exams.engine.statistics.scores import groups_by_score
from exams.engine.statistics.tally import Tally

__all__ = [
    "Analysis",
    "ItemFigures",
    "Number",
    "OptionFigures",
    "Tally",
    "TestFigures",
    "groups_by_score",
]

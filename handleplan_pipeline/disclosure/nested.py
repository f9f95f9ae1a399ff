"""The same equations with fewer numbers in them: a total less its parts, instead of everybody in the total.

Each row counts leaves, and many rows lie within others (men in all, an age in all ages). Taking the rows within it out
of a row whose value is known changes no solution, and leaves a tenth of the numbers.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def nested(incidence: Any, known: npt.NDArray[np.bool_]) -> Any:
    """What to multiply the rows with: ones on the diagonal, and -1 where a known row is taken out of another one.

    `incidence`: sparse (rows x leaves). A row is taken out of one in which all its leaves count as often as in it; none
    is taken out of itself by a detour, so that nothing is lost.
    """
    from scipy import sparse

    rows = sparse.csr_matrix(incidence, dtype=float, copy=True)
    rows.eliminate_zeros()
    counts = sparse.csr_matrix((np.ones(rows.nnz, dtype=np.int32), rows.indices, rows.indptr), shape=rows.shape)
    size = np.diff(rows.indptr)
    rank = np.empty(size.size, dtype=np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(size.size)
    parts = np.flatnonzero(known & (size > 1))
    # large rows first; of equal ones only the later may be taken out of the earlier
    parts = parts[np.argsort(rank[parts])]
    within = (counts @ counts[parts].T).toarray() == size[parts][None, :]
    within &= rank[:, None] < rank[parts][None, :]
    out: list[tuple[int, int]] = []
    rest = np.zeros(rows.shape[1])
    for i in np.flatnonzero(within.any(axis=1)):
        mine = slice(rows.indptr[i], rows.indptr[i + 1])
        rest[rows.indices[mine]] = rows.data[mine]
        left = size[i]
        for j in parts[within[i]]:
            its = slice(rows.indptr[j], rows.indptr[j + 1])
            leaves = rows.indices[its]
            if size[j] <= left and (rest[leaves] == rows.data[its]).all():
                rest[leaves] = 0.0
                left -= size[j]
                out.append((int(i), int(j)))
        rest[rows.indices[mine]] = 0.0
    taken = np.array(out, dtype=np.int64).reshape(-1, 2)
    there = np.arange(size.size)
    values = np.concatenate([np.ones(size.size), np.full(len(taken), -1.0)])
    places = np.concatenate([there, taken[:, 0]]), np.concatenate([there, taken[:, 1]])
    return sparse.csc_matrix((values, places), shape=(size.size, size.size))


def shortened(incidence: Any, least: Floats, most: Floats) -> tuple[Any, Any, Floats]:
    """`incidence` with the rows that are known taken out of those around them, `nested`, and what that adds to bounds.

    A row is known where `least` is `most`.
    """
    from scipy import sparse

    known = least == most
    by = nested(incidence, known)
    shorter = sparse.csc_matrix(by @ sparse.csc_matrix(incidence, dtype=float))
    shorter.eliminate_zeros()
    values = np.where(known, least, 0.0)
    return shorter, by, np.asarray(by @ values - values)

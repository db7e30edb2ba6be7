# NaN-aware reductions of integer and float data.
import numpy as np

i = np.array([2**31, 2**31, 5])
f = np.array([[1.0, np.nan, 3.0], [np.nan, 5.0, 6.0]])
results = {
    "nansum_int": int(np.nansum(i)),
    "nansum_list": int(np.nansum([2**30] * 4)),
    "nancumsum_int": np.nancumsum(i).tolist(),
    "nanprod": int(np.nanprod([10**5] * 3)),
    "nansum": np.nansum(f, axis=0).tolist(),
    "nanmean": np.nanmean(f, axis=1).tolist(),
    "nanmax": float(np.nanmax(f)),
    "nanstd": float(np.nanstd(f)),
    "nanmedian": np.nanmedian(f, axis=0).tolist(),
    "nanpercentile": np.nanpercentile(f, [25, 75]).tolist(),
    "isnan_sum": int(np.isnan(f).sum() * 10**10),
    "plain_sum_is_nan": float(f.sum()),
}

# Error functions, their inverses and logistic forms.
import numpy as np
from scipy import special

x = np.array([-1.5, 0.0, 0.3, 2.0])
results = {
    "erf": special.erf(x).tolist(),
    "erfc": special.erfc(x).tolist(),
    "erfinv": special.erfinv([0.1, 0.9]).tolist(),
    "erfcx": special.erfcx([1.0, 30.0]).tolist(),
    "ndtr": special.ndtr(x).tolist(),
    "ndtri": special.ndtri([0.025, 0.975]).tolist(),
    "expit": special.expit(x).tolist(),
    "logit": special.logit([0.2, 0.8]).tolist(),
    "voigt": special.voigt_profile(x, 1.0, 0.5).tolist(),
    "dawsn": special.dawsn([0.5, 3.0]).tolist(),
    "logsumexp": float(special.logsumexp([1000.0, 1001.0])),
    "softmax": special.softmax([1, 2, 3]).tolist(),
}

"""An image from a detector."""
from p4p.client.thread import Context

ctxt = Context("pva")
image = ctxt.get("PP:IMAGE")
print(image.shape, image.dtype, int(image.max()), image[1, 2])
print(image.sum(axis=0).tolist(), float(image.mean()))
print(image.tolist())

"""Distributions that are named otherwise than what is imported. The analysis of programs reads this table as well."""

DISTRIBUTIONS = {
    "Bio": "biopython", "OpenGL": "PyOpenGL", "OpenSSL": "pyOpenSSL", "PIL": "Pillow", "accelerator_toolbox": "accelerator-toolbox",
    "at": "accelerator-toolbox", "attr": "attrs", "bluesky": "bluesky", "bs4": "beautifulsoup4", "caproto": "caproto",
    "cairo": "pycairo", "cv2": "opencv-python", "dateutil": "python-dateutil", "docx": "python-docx", "dotenv": "python-dotenv",
    "fitz": "PyMuPDF", "git": "GitPython", "google": "google-api-python-client", "h5py": "h5py", "jose": "python-jose", "jwt": "PyJWT",
    "magic": "python-magic", "mpl_toolkits": "matplotlib", "ldap": "python-ldap", "lxml": "lxml", "nacl": "PyNaCl", "netCDF4": "netCDF4",
    "ocelot": "ocelot-collab", "pptx": "python-pptx", "psycopg2": "psycopg2-binary", "pylab": "matplotlib", "pymysql": "PyMySQL",
    "serial": "pyserial", "skimage": "scikit-image", "sklearn": "scikit-learn", "skopt": "scikit-optimize", "slugify": "python-slugify",
    "socks": "PySocks", "tables": "tables", "tlz": "toolz", "umap": "umap-learn", "usb": "pyusb", "win32api": "pywin32",
    "yaml": "PyYAML", "zmq": "pyzmq",
}  # fmt: skip

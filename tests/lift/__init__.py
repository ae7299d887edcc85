"""Both outputs of the compiler lifted back to one neutral form, as someone would read them who has never seen the compiler."""

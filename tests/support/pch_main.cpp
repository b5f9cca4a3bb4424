// Owner of the precompiled header that the tests share (see modelhost_test_pch).
int main() {}

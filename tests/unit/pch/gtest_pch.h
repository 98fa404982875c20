// Compiled once for all unit tests, each of which includes what it uses all the same.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

install(TARGETS sluice EXPORT sluice-targets FILE_SET HEADERS)
